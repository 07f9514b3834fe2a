-- The guest stays where it is.
obj.spec.abort = true
return obj
