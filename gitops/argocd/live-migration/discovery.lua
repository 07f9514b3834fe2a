-- What is over can't be aborted.
local phase = (obj.status or {}).phase
local is_over = phase == "Succeeded" or phase == "Failed" or phase == "Aborted"

local actions = {}
actions["abort"] = {
  ["disabled"] = is_over or obj.spec.abort == true,
  ["displayName"] = "Abort",
  ["iconClass"] = "fa fa-fw fa-stop-circle",
}
return actions
