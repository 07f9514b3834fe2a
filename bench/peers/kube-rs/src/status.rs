//! The status of an Instance, from what is there.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use crate::api::{BOOT_ANNOTATION, Instance, InstanceStatus, VirtualMachineInstance};

pub fn next_status(
    instance: &Instance,
    vmi: Option<&VirtualMachineInstance>,
    boot: &str,
    now: Timestamp,
) -> InstanceStatus {
    let (busy, settled) = states(instance);
    let up = vmi.and_then(|vmi| is_up(vmi, boot).then_some(vmi.status.as_ref()?));
    let state = if up.is_some() { settled } else { busy };
    InstanceStatus {
        observed_generation: instance.metadata.generation.unwrap_or_default(),
        state: Some(state.to_owned()),
        power_state: Some(if up.is_some() { "Running" } else { "Stopped" }.to_owned()),
        node: up.and_then(|status| status.node_name.clone()),
        conditions: vec![ready(instance, state, up.is_some(), now)],
    }
}

fn is_up(vmi: &VirtualMachineInstance, boot: &str) -> bool {
    let phase = vmi.status.as_ref().and_then(|status| status.phase.as_deref());
    let booted = vmi.annotations().get(BOOT_ANNOTATION).map(String::as_str);
    phase == Some("Running") && booted == Some(boot)
}

/// On the way, and there.
fn states(instance: &Instance) -> (&'static str, &'static str) {
    let before = instance.status.as_ref().and_then(|status| status.state.as_deref());
    match (&instance.spec.rescue, before) {
        (Some(_), _) => ("Rescuing", "Rescued"),
        (None, Some("Rescued" | "Unrescuing")) => ("Unrescuing", "Running"),
        (None, _) => ("Starting", "Running"),
    }
}

fn ready(instance: &Instance, state: &str, is_ready: bool, now: Timestamp) -> Condition {
    let status = if is_ready { "True" } else { "False" };
    let message = if is_ready { "The VM is as it is wanted." } else { "The VM is not as it is wanted yet." };
    let since = instance
        .status
        .iter()
        .flat_map(|before| &before.conditions)
        .find(|condition| condition.type_ == "Ready" && condition.status == status)
        .map_or(Time(now), |condition| condition.last_transition_time.clone());
    Condition {
        type_: "Ready".to_owned(),
        status: status.to_owned(),
        reason: state.to_owned(),
        message: message.to_owned(),
        observed_generation: instance.metadata.generation,
        last_transition_time: since,
    }
}
