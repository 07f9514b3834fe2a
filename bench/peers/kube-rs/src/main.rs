//! The benchmark's operator, written with kube-rs as its documentation teaches.

mod api;
mod render;
mod status;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::channel::mpsc;
use futures::{Stream, StreamExt};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::runtime::controller::{Action, Config};
use kube::runtime::reflector::{ObjectRef, Store, store};
use kube::runtime::{Controller, WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use api::{BOOT_ANNOTATION, Instance, VirtualMachine, VirtualMachineInstance};

const FIELD_MANAGER: &str = "kube-rs";
const WORKERS: u16 = 8;

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Kube(#[from] kube::Error),
    #[error(transparent)]
    Cache(#[from] kube::runtime::reflector::store::WriterDropped),
    #[error(transparent)]
    Http(#[from] http::Error),
}

struct Context {
    client: Client,
    vms: Store<VirtualMachine>,
    vmis: Store<VirtualMachineInstance>,
    /// The uid of each VirtualMachineInstance whose restart was asked for: it is seen for a while yet.
    restarted: Mutex<HashSet<String>>,
}

#[tokio::main]
async fn main() -> Result<(), kube::Error> {
    let client = Client::try_default().await?;
    let (vms, vm_writer) = store();
    let (vmis, vmi_writer) = store();
    let vm_changes = watcher(Api::<VirtualMachine>::all(client.clone()), watcher::Config::default())
        .default_backoff()
        .modify(|vm| vm.managed_fields_mut().clear())
        .reflect(vm_writer)
        .touched_objects();
    let vmi_changes = watcher(Api::<VirtualMachineInstance>::all(client.clone()), watcher::Config::default())
        .default_backoff()
        .modify(|vmi| vmi.managed_fields_mut().clear())
        .reflect(vmi_writer)
        .touched_objects()
        .predicate_filter(running_changed, Default::default());
    let context = Context { client: client.clone(), vms, vmis, restarted: Mutex::default() };
    Controller::new(Api::<Instance>::all(client), watcher::Config::default())
        .with_config(Config::default().concurrency(WORKERS))
        .reconcile_on(instances_of(vm_changes))
        .reconcile_on(instances_of(vmi_changes))
        .shutdown_on_signal()
        .run(reconcile, retry, Arc::new(context))
        .for_each(|_| std::future::ready(()))
        .await;
    Ok(())
}

/// Which Instances changes are about. They are read in a task of their own: a controller reads none while all its workers wait for
/// the caches that these fill.
fn instances_of<K>(
    changes: impl Stream<Item = Result<K, watcher::Error>> + Send + 'static,
) -> impl Stream<Item = ObjectRef<Instance>>
where
    K: ResourceExt + Send,
{
    let (sender, receiver) = mpsc::unbounded();
    tokio::spawn(changes.for_each(move |change| {
        if let Some(instance) = change.ok().as_ref().and_then(same_name) {
            let _ = sender.unbounded_send(instance); // whoever listened has ended
        }
        std::future::ready(())
    }));
    receiver
}

/// Drops what virt-controller and virt-handler write of no interest here.
fn running_changed(vmi: &VirtualMachineInstance) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    (&vmi.metadata.uid, &vmi.status, vmi.metadata.deletion_timestamp.is_some()).hash(&mut hasher);
    Some(hasher.finish())
}

/// A VirtualMachineInstance is named as its VirtualMachine, and that as its Instance.
fn same_name(object: &impl ResourceExt) -> Option<ObjectRef<Instance>> {
    Some(ObjectRef::new(&object.name_any()).within(&object.namespace()?))
}

async fn reconcile(instance: Arc<Instance>, context: Arc<Context>) -> Result<Action, Error> {
    if instance.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change()); // the garbage collector deletes the VM
    }
    tokio::try_join!(context.vms.wait_until_ready(), context.vmis.wait_until_ready())?;
    let namespace = instance.namespace().unwrap_or_default();
    let name = instance.name_any();
    let (vm, boot) = render::render(&instance);
    let applied = context.vms.get(&ObjectRef::new(&name).within(&namespace));
    let template = applied.as_ref().map(|vm| &vm.spec.template.metadata.annotations);
    if template.and_then(|annotations| annotations.get(BOOT_ANNOTATION)) != Some(&boot) {
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let vms = Api::<VirtualMachine>::namespaced(context.client.clone(), &namespace);
        vms.patch(&name, &params, &Patch::Apply(vm)).await?;
    }
    let vmi = context.vmis.get(&ObjectRef::new(&name).within(&namespace));
    if let Some(vmi) = &vmi {
        restart_if_outdated(vmi, &boot, &context).await?;
    }
    let status = status::next_status(&instance, vmi.as_deref(), &boot, Timestamp::now());
    if instance.status.as_ref() != Some(&status) {
        let instances = Api::<Instance>::namespaced(context.client.clone(), &namespace);
        let patch = Patch::Merge(json!({ "status": status }));
        instances.patch_status(&name, &PatchParams::default(), &patch).await?;
    }
    Ok(Action::await_change())
}

/// Ends a boot of another template.
async fn restart_if_outdated(vmi: &VirtualMachineInstance, boot: &str, context: &Context) -> Result<(), Error> {
    let booted = vmi.annotations().get(BOOT_ANNOTATION).map(String::as_str);
    if booted == Some(boot) || vmi.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    let uid = vmi.uid().unwrap_or_default();
    if !context.restarted.lock().unwrap().insert(uid.clone()) {
        return Ok(());
    }
    let (namespace, name) = (vmi.namespace().unwrap_or_default(), vmi.name_any());
    let path = format!(
        "/apis/subresources.kubevirt.io/v1/namespaces/{namespace}/virtualmachines/{name}/restart"
    );
    let body = json!({ "gracePeriodSeconds": 0 }).to_string().into_bytes();
    let request = http::Request::put(path).header("content-type", "application/json").body(body)?;
    let answer = context.client.request_text(request).await;
    if answer.is_err() {
        context.restarted.lock().unwrap().remove(&uid);
    }
    answer?;
    Ok(())
}

fn retry(_: Arc<Instance>, error: &Error, _: Arc<Context>) -> Action {
    eprintln!("reconcile failed: {error}");
    Action::requeue(Duration::from_secs(1))
}
