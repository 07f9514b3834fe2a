//! The kinds, with the fields that this operator reads.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use serde::{Deserialize, Serialize};

/// Travels from the template of a VM to what runs: a fingerprint of what was booted.
pub const BOOT_ANNOTATION: &str = "bench.medevac.dev/boot";

#[derive(CustomResource, Clone, Debug, Deserialize, Serialize)]
#[kube(group = "compute.medevac.dev", version = "v1beta1", kind = "Instance")]
#[kube(namespaced, status = "InstanceStatus", schema = "disabled")]
#[serde(rename_all = "camelCase")]
pub struct InstanceSpec {
    pub power_state: Option<String>,
    pub cpu: Option<Cpu>,
    pub memory: Option<String>,
    #[serde(default)]
    pub disks: Vec<Disk>,
    #[serde(default)]
    pub networks: Vec<Network>,
    pub rescue: Option<Rescue>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Cpu {
    pub cores: u32,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Disk {
    pub name: String,
    pub bus: Option<String>,
    pub source: DiskSource,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Network {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Rescue {
    pub source: DiskSource,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiskSource {
    pub container_disk: Option<ContainerDisk>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ContainerDisk {
    pub image: String,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceStatus {
    pub observed_generation: i64,
    pub state: Option<String>,
    pub power_state: Option<String>,
    pub node: Option<String>,
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

#[derive(CustomResource, Clone, Debug, Deserialize, Serialize)]
#[kube(group = "kubevirt.io", version = "v1", kind = "VirtualMachine")]
#[kube(namespaced, schema = "disabled")]
pub struct VirtualMachineSpec {
    #[serde(default)]
    pub template: Template,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Template {
    #[serde(default)]
    pub metadata: TemplateMetadata,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct TemplateMetadata {
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

#[derive(CustomResource, Clone, Debug, Deserialize, Serialize)]
#[kube(group = "kubevirt.io", version = "v1", kind = "VirtualMachineInstance")]
#[kube(namespaced, status = "VirtualMachineInstanceStatus", schema = "disabled")]
pub struct VirtualMachineInstanceSpec {}

#[derive(Clone, Debug, Default, Deserialize, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineInstanceStatus {
    pub phase: Option<String>,
    pub node_name: Option<String>,
}
