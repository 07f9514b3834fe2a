-- Makes a LiveMigration to wherever the Instance can go. It belongs to the Instance, so it is shown below it and goes with it.
local os = require("os")

local migration = {}
migration.apiVersion = obj.apiVersion
migration.kind = "LiveMigration"
migration.metadata = {
  ["name"] = obj.metadata.name .. "-" .. os.date("!%Y%m%d%H%M%S"),
  ["namespace"] = obj.metadata.namespace,
  ["ownerReferences"] = {
    {
      ["apiVersion"] = obj.apiVersion,
      ["kind"] = obj.kind,
      ["name"] = obj.metadata.name,
      ["uid"] = obj.metadata.uid,
    },
  },
}
migration.spec = { ["instanceName"] = obj.metadata.name }

return { { ["operation"] = "create", ["resource"] = migration } }
