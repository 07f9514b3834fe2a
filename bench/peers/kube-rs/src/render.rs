//! Instance → VirtualMachine, as it is applied.

use std::hash::{DefaultHasher, Hash, Hasher};

use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use crate::api::{BOOT_ANNOTATION, DiskSource, Instance};

/// The VM of an Instance, and the fingerprint of its template.
pub fn render(instance: &Instance) -> (Value, String) {
    let spec = template_spec(instance);
    let boot = fingerprint(&spec);
    let uid = instance.uid().unwrap_or_default();
    let stopped = instance.spec.power_state.as_deref() == Some("Stopped");
    let halted = stopped && instance.spec.rescue.is_none();
    let labels = json!({ "bench.medevac.dev/instance": uid });
    let vm = json!({
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachine",
        "metadata": {
            "name": instance.name_any(),
            "namespace": instance.namespace(),
            "labels": labels,
            "ownerReferences": [instance.controller_owner_ref(&())],
        },
        "spec": {
            "runStrategy": if halted { "Halted" } else { "Always" },
            "template": {
                "metadata": { "labels": labels, "annotations": { BOOT_ANNOTATION: boot } },
                "spec": spec,
            },
        },
    });
    (vm, boot)
}

fn template_spec(instance: &Instance) -> Value {
    let spec = &instance.spec;
    let uid = instance.uid().unwrap_or_default();
    let (disks, volumes) = disks_and_volumes(instance);
    let names = || spec.networks.iter().map(|network| &network.name);
    let interface = |name| json!({ "name": name, "model": "virtio", "masquerade": {} });
    json!({
        "evictionStrategy": "External",
        "terminationGracePeriodSeconds": 60,
        "domain": {
            "machine": { "type": "q35" },
            "firmware": { "uuid": uid, "serial": uid },
            "cpu": { "cores": spec.cpu.as_ref().map_or(1, |cpu| cpu.cores) },
            "memory": { "guest": spec.memory },
            "devices": { "disks": disks, "interfaces": names().map(interface).collect::<Vec<_>>() },
        },
        "networks": names().map(|name| json!({ "name": name, "pod": {} })).collect::<Vec<_>>(),
        "volumes": volumes,
    })
}

/// The rescue disk stands behind the instance's own ones and is booted from.
fn disks_and_volumes(instance: &Instance) -> (Vec<Value>, Vec<Value>) {
    let uid = instance.uid().unwrap_or_default();
    let rescue = instance.spec.rescue.as_ref();
    let (mut disks, mut volumes) = (vec![], vec![]);
    for (index, own) in instance.spec.disks.iter().enumerate() {
        let mut disk = json!({
            "name": own.name,
            "serial": format!("{}-{}", &uid[..8.min(uid.len())], own.name),
            "disk": { "bus": own.bus.as_deref().unwrap_or("virtio") },
        });
        if rescue.is_none() {
            disk["bootOrder"] = json!(index + 1);
        }
        disks.push(disk);
        volumes.push(volume(&own.name, &own.source));
    }
    if let Some(rescue) = rescue {
        disks.push(json!({ "name": "rescue", "cdrom": { "bus": "sata" }, "bootOrder": 1 }));
        volumes.push(volume("rescue", &rescue.source));
    }
    (disks, volumes)
}

fn volume(name: &str, source: &DiskSource) -> Value {
    let image = source.container_disk.as_ref().map(|disk| &disk.image);
    json!({ "name": name, "containerDisk": { "image": image } })
}

fn fingerprint(spec: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    spec.to_string().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
