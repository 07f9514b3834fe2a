"""The benchmark's operator, written with kopf as its documentation teaches."""

import asyncio
import collections
import datetime
import hashlib
import json

import kopf
from kubernetes_asyncio import client, config

INSTANCES = ("compute.medevac.dev", "v1beta1", "instances")
VMS = ("kubevirt.io", "v1", "virtualmachines")
VMIS = ("kubevirt.io", "v1", "virtualmachineinstances")

# Travels from the template of a VM to what runs: a fingerprint of what was booted.
BOOT = "bench.medevac.dev/boot"
OWNER_LABEL = "bench.medevac.dev/instance"
FIELD_MANAGER = "kopf"
WORKERS = 8


@kopf.on.startup()
async def configure(settings, memo, **_):
    settings.posting.enabled = False
    settings.batching.worker_limit = None
    await config.load_kube_config()
    memo.api = client.CustomObjectsApi()
    memo.workers = asyncio.Semaphore(WORKERS)
    memo.locks = collections.defaultdict(asyncio.Lock)
    # The uid of each VirtualMachineInstance whose restart was asked for: it is seen for a while yet.
    memo.restarted = set()


@kopf.index(*INSTANCES)
def instances(namespace, name, body, **_):
    return {(namespace, name): {key: body.get(key) for key in ("metadata", "spec", "status")}}


@kopf.index(*VMS)
def vms(namespace, name, spec, **_):
    annotations = spec["template"].get("metadata", {}).get("annotations", {})
    return {(namespace, name): annotations.get(BOOT)}


@kopf.index(*VMIS)
def vmis(namespace, name, meta, status, **_):
    return {
        (namespace, name): {
            "uid": meta["uid"],
            "boot": meta.annotations.get(BOOT),
            "deleting": meta.get("deletionTimestamp") is not None,
            "phase": status.get("phase"),
            "node": status.get("nodeName"),
        }
    }


@kopf.on.resume(*INSTANCES)
@kopf.on.create(*INSTANCES)
@kopf.on.update(*INSTANCES, field="spec")
async def instance_changed(namespace, name, **kwargs):
    await reconcile((namespace, name), **kwargs)


@kopf.on.event(*VMIS)
async def vmi_changed(namespace, name, **kwargs):
    await reconcile((namespace, name), **kwargs)


async def reconcile(key, memo, instances, vms, vmis, **_):
    """Two handlers may be called for one Instance at a time; the indices say what is there now."""
    async with memo.locks[key], memo.workers:
        instance = one(instances, key)
        if instance is None or instance["metadata"].get("deletionTimestamp"):
            return  # the garbage collector deletes the VM
        vm, boot = render(instance)
        if one(vms, key) != boot:
            await apply(memo.api, key, vm)
        vmi = one(vmis, key)
        await restart_if_outdated(memo, key, vmi, boot)
        status = next_status(instance, vmi, boot)
        if status != instance["status"]:
            await write_status(memo.api, key, status)


def one(index, key):
    return next(iter(index.get(key, ())), None)


async def apply(api, key, vm):
    group, version, plural = VMS
    await api.patch_namespaced_custom_object(
        group, version, key[0], plural, key[1], vm,
        field_manager=FIELD_MANAGER, force=True, _content_type="application/apply-patch+yaml",
    )


async def write_status(api, key, status):
    group, version, plural = INSTANCES
    await api.patch_namespaced_custom_object_status(
        group, version, key[0], plural, key[1], {"status": status},
        _content_type="application/merge-patch+json",
    )


async def restart_if_outdated(memo, key, vmi, boot):
    """Ends a boot of another template."""
    if vmi is None or vmi["boot"] == boot or vmi["deleting"] or vmi["uid"] in memo.restarted:
        return
    memo.restarted.add(vmi["uid"])
    namespace, name = key
    path = f"/apis/subresources.kubevirt.io/v1/namespaces/{namespace}/virtualmachines/{name}/restart"
    try:
        await memo.api.api_client.call_api(
            path, "PUT", body={"gracePeriodSeconds": 0}, auth_settings=["BearerToken"],
            header_params={"Content-Type": "application/json"},
        )
    except Exception:
        memo.restarted.discard(vmi["uid"])
        raise


def render(instance):
    """The VM of an Instance, as it is applied, and the fingerprint of its template."""
    meta, spec = instance["metadata"], instance["spec"]
    template = template_spec(meta["uid"], spec)
    boot = hashlib.sha256(json.dumps(template).encode()).hexdigest()[:16]
    halted = spec.get("powerState") == "Stopped" and "rescue" not in spec
    labels = {OWNER_LABEL: meta["uid"]}
    owner = {
        "apiVersion": "compute.medevac.dev/v1beta1", "kind": "Instance",
        "name": meta["name"], "uid": meta["uid"], "controller": True, "blockOwnerDeletion": True,
    }
    vm = {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachine",
        "metadata": {
            "name": meta["name"], "namespace": meta["namespace"],
            "labels": labels, "ownerReferences": [owner],
        },
        "spec": {
            "runStrategy": "Halted" if halted else "Always",
            "template": {"metadata": {"labels": labels, "annotations": {BOOT: boot}}, "spec": template},
        },
    }
    return vm, boot


def template_spec(uid, spec):
    rescue = spec.get("rescue")
    own, networks = spec.get("disks", []), spec.get("networks", [])
    disks = [
        {
            "name": disk["name"], "serial": f"{uid[:8]}-{disk['name']}",
            "disk": {"bus": disk.get("bus", "virtio")},
            **({} if rescue else {"bootOrder": index + 1}),
        }
        for index, disk in enumerate(own)
    ]
    volumes = [{"name": disk["name"], **disk["source"]} for disk in own]
    if rescue:  # behind the instance's own disks, and booted from
        disks.append({"name": "rescue", "cdrom": {"bus": "sata"}, "bootOrder": 1})
        volumes.append({"name": "rescue", **rescue["source"]})
    interfaces = [{"name": net["name"], "model": "virtio", "masquerade": {}} for net in networks]
    return {
        "evictionStrategy": "External",
        "terminationGracePeriodSeconds": 60,
        "domain": {
            "machine": {"type": "q35"},
            "firmware": {"uuid": uid, "serial": uid},
            "cpu": {"cores": spec.get("cpu", {}).get("cores", 1)},
            "memory": {"guest": spec.get("memory")},
            "devices": {"disks": disks, "interfaces": interfaces},
        },
        "networks": [{"name": net["name"], "pod": {}} for net in networks],
        "volumes": volumes,
    }


def next_status(instance, vmi, boot):
    """The status of an Instance, from what is there."""
    generation, before = instance["metadata"]["generation"], instance["status"] or {}
    is_up = vmi is not None and vmi["phase"] == "Running" and vmi["boot"] == boot
    busy, settled = states(instance["spec"], before.get("state"))
    state = settled if is_up else busy
    return {
        "observedGeneration": generation,
        "state": state,
        "powerState": "Running" if is_up else "Stopped",
        **({"node": vmi["node"]} if is_up else {}),
        "conditions": [ready(before, state, is_up, generation)],
    }


def states(spec, before):
    """On the way, and there."""
    if "rescue" in spec:
        return "Rescuing", "Rescued"
    return ("Unrescuing" if before in ("Rescued", "Unrescuing") else "Starting"), "Running"


def ready(before, state, is_up, generation):
    status = "True" if is_up else "False"
    was = next((c for c in before.get("conditions", []) if c["type"] == "Ready"), {})
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "Ready",
        "status": status,
        "reason": state,
        "message": "The VM is as it is wanted." if is_up else "The VM is not as it is wanted yet.",
        "observedGeneration": generation,
        "lastTransitionTime": was["lastTransitionTime"] if was.get("status") == status else now,
    }
