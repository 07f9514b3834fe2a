package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// bootAnnotation travels from the template of a VM to what runs: a fingerprint of what was booted.
const bootAnnotation = "bench.medevac.dev/boot"

type object = map[string]any

// render gives the VM of an Instance, as it is applied, and the fingerprint of its template.
func render(instance *Instance) (*unstructured.Unstructured, string) {
	spec := templateSpec(instance)
	boot := fingerprint(spec)
	strategy := "Always"
	if instance.Spec.PowerState == "Stopped" && instance.Spec.Rescue == nil {
		strategy = "Halted"
	}
	vm := &unstructured.Unstructured{Object: object{
		"metadata": object{
			"name":      instance.Name,
			"namespace": instance.Namespace,
			"labels":    object{"bench.medevac.dev/instance": string(instance.UID)},
		},
		"spec": object{
			"runStrategy": strategy,
			"template": object{
				"metadata": object{
					"labels":      object{"bench.medevac.dev/instance": string(instance.UID)},
					"annotations": object{bootAnnotation: boot},
				},
				"spec": spec,
			},
		},
	}}
	vm.SetGroupVersionKind(kubevirt.WithKind("VirtualMachine"))
	vm.SetOwnerReferences([]metav1.OwnerReference{
		*metav1.NewControllerRef(instance, medevac.WithKind("Instance")),
	})
	return vm, boot
}

func templateSpec(instance *Instance) object {
	spec := instance.Spec
	cores := int64(1)
	if spec.CPU != nil {
		cores = spec.CPU.Cores
	}
	disks, volumes := disksAndVolumes(instance)
	interfaces, networks := []any{}, []any{}
	for _, network := range spec.Networks {
		interfaces = append(interfaces, object{
			"name": network.Name, "model": "virtio", "masquerade": object{},
		})
		networks = append(networks, object{"name": network.Name, "pod": object{}})
	}
	return object{
		"evictionStrategy":              "External",
		"terminationGracePeriodSeconds": int64(60),
		"domain": object{
			"machine":  object{"type": "q35"},
			"firmware": object{"uuid": string(instance.UID), "serial": string(instance.UID)},
			"cpu":      object{"cores": cores},
			"memory":   object{"guest": spec.Memory},
			"devices":  object{"disks": disks, "interfaces": interfaces},
		},
		"networks": networks,
		"volumes":  volumes,
	}
}

// disksAndVolumes puts the rescue disk behind the instance's own ones and boots from it.
func disksAndVolumes(instance *Instance) (disks, volumes []any) {
	rescue := instance.Spec.Rescue
	for i, own := range instance.Spec.Disks {
		bus := own.Bus
		if bus == "" {
			bus = "virtio"
		}
		disk := object{"name": own.Name, "serial": fmt.Sprintf("%s-%s", instance.UID[:8], own.Name), "disk": object{"bus": bus}}
		if rescue == nil {
			disk["bootOrder"] = int64(i + 1)
		}
		disks = append(disks, disk)
		volumes = append(volumes, volume(own.Name, own.Source))
	}
	if rescue != nil {
		disks = append(disks, object{
			"name": "rescue", "cdrom": object{"bus": "sata"}, "bootOrder": int64(1),
		})
		volumes = append(volumes, volume("rescue", rescue.Source))
	}
	return disks, volumes
}

func volume(name string, source DiskSource) object {
	return object{"name": name, "containerDisk": object{"image": source.ContainerDisk.Image}}
}

func fingerprint(spec object) string {
	text, err := json.Marshal(spec)
	if err != nil {
		panic(err) // made of strings and numbers only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
