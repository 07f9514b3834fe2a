package main

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// What controller-gen writes, by hand.

func (in *Instance) DeepCopy() *Instance {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.CPU = clone(in.Spec.CPU)
	out.Spec.Disks = slices.Clone(in.Spec.Disks)
	for i := range out.Spec.Disks {
		out.Spec.Disks[i].Source.ContainerDisk = clone(in.Spec.Disks[i].Source.ContainerDisk)
	}
	out.Spec.Networks = slices.Clone(in.Spec.Networks)
	out.Spec.Rescue = clone(in.Spec.Rescue)
	if out.Spec.Rescue != nil {
		out.Spec.Rescue.Source.ContainerDisk = clone(in.Spec.Rescue.Source.ContainerDisk)
	}
	out.Status.Conditions = slices.Clone(in.Status.Conditions)
	return &out
}

func (in *VirtualMachine) DeepCopy() *VirtualMachine {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Template.ObjectMeta.Annotations = maps.Clone(in.Spec.Template.ObjectMeta.Annotations)
	return &out
}

func (in *VirtualMachineInstance) DeepCopy() *VirtualMachineInstance {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

func (in *Instance) DeepCopyObject() runtime.Object               { return in.DeepCopy() }
func (in *VirtualMachine) DeepCopyObject() runtime.Object         { return in.DeepCopy() }
func (in *VirtualMachineInstance) DeepCopyObject() runtime.Object { return in.DeepCopy() }

func (in *InstanceList) DeepCopyObject() runtime.Object {
	return &InstanceList{in.TypeMeta, copyOf(in.ListMeta), copies(in.Items, (*Instance).DeepCopy)}
}

func (in *VirtualMachineList) DeepCopyObject() runtime.Object {
	return &VirtualMachineList{in.TypeMeta, copyOf(in.ListMeta), copies(in.Items, (*VirtualMachine).DeepCopy)}
}

func (in *VirtualMachineInstanceList) DeepCopyObject() runtime.Object {
	return &VirtualMachineInstanceList{
		in.TypeMeta, copyOf(in.ListMeta), copies(in.Items, (*VirtualMachineInstance).DeepCopy),
	}
}

func clone[T any](in *T) *T {
	if in == nil {
		return nil
	}
	out := *in
	return &out
}

func copyOf(in metav1.ListMeta) metav1.ListMeta {
	return *in.DeepCopy()
}

func copies[T any](items []T, deepCopy func(*T) *T) []T {
	out := make([]T, len(items))
	for i := range items {
		out[i] = *deepCopy(&items[i])
	}
	return out
}
