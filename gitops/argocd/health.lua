-- For Instance and LiveMigration, which are kstatus-style kinds: status.observedGeneration, conditions Ready, Reconciling
-- and Stalled. An Instance that is rescued as its spec asks for is Healthy, since Suspended would hold up a sync for as long
-- as the rescue lasts. So is a LiveMigration that was aborted: it has ended as it was asked to.
local health = { status = "Progressing", message = "medevac has not looked at it yet" }

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions or {}) do
  conditions[condition.type] = condition
end
local function is_true(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

if is_true("Stalled") then
  health.status = "Degraded"
  health.message = conditions.Stalled.message
elseif conditions.Ready ~= nil then
  health.message = conditions.Ready.message
  if is_true("Ready") and not is_true("Reconciling") then
    health.status = "Healthy"
  end
end
return health
