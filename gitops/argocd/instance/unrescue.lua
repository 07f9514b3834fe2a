-- Renders the VM from the rest of its spec again and boots it.
obj.spec.rescue = nil
return obj
