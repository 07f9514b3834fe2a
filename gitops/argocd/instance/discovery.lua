-- What may be asked of an Instance now; what medevac would refuse is not offered.
local status = obj.status or {}
local is_rescued = obj.spec.rescue ~= nil
local is_migrating = status.migration ~= nil

local actions = {}
actions["rescue"] = {
  ["disabled"] = is_rescued or is_migrating,
  ["displayName"] = "Rescue",
  ["iconClass"] = "fa fa-fw fa-life-ring",
  ["params"] = { { ["name"] = "image" } },
}
actions["unrescue"] = {
  ["disabled"] = not is_rescued or is_migrating,
  ["displayName"] = "Unrescue",
  ["iconClass"] = "fa fa-fw fa-undo",
}
actions["migrate"] = {
  ["disabled"] = is_migrating or not (status.state == "Running" or status.state == "Rescued"),
  ["displayName"] = "Migrate",
  ["iconClass"] = "fa fa-fw fa-truck",
}
return actions
