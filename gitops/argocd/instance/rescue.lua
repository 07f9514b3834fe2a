-- Boots the VM from a rescue image, its own disks behind it. A sync with self-healing takes it back: pause that before.
local image = (actionParams or {})["image"]
if image == nil or image == "" then
  error("Give the image of the rescue system, such as registry.example/rescue@sha256:...")
end
obj.spec.rescue = { ["source"] = { ["containerDisk"] = { ["image"] = image } } }
return obj
