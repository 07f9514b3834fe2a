package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	medevac  = schema.GroupVersion{Group: "compute.medevac.dev", Version: "v1beta1"}
	kubevirt = schema.GroupVersion{Group: "kubevirt.io", Version: "v1"}
)

// Instance, with the fields that this operator reads.
type Instance struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              InstanceSpec   `json:"spec"`
	Status            InstanceStatus `json:"status,omitempty"`
}

type InstanceSpec struct {
	PowerState string    `json:"powerState,omitempty"`
	CPU        *CPU      `json:"cpu,omitempty"`
	Memory     string    `json:"memory,omitempty"`
	Disks      []Disk    `json:"disks,omitempty"`
	Networks   []Network `json:"networks,omitempty"`
	Rescue     *Rescue   `json:"rescue,omitempty"`
}

type CPU struct {
	Cores int64 `json:"cores,omitempty"`
}

type Disk struct {
	Name   string     `json:"name"`
	Bus    string     `json:"bus,omitempty"`
	Source DiskSource `json:"source"`
}

type Network struct {
	Name string `json:"name"`
}

type Rescue struct {
	Source DiskSource `json:"source"`
}

type DiskSource struct {
	ContainerDisk *ContainerDisk `json:"containerDisk,omitempty"`
}

type ContainerDisk struct {
	Image string `json:"image"`
}

type InstanceStatus struct {
	ObservedGeneration int64              `json:"observedGeneration"`
	State              string             `json:"state,omitempty"`
	PowerState         string             `json:"powerState,omitempty"`
	Node               string             `json:"node,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type InstanceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Instance `json:"items"`
}

// VirtualMachine, with the fields that this operator reads.
type VirtualMachine struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              VirtualMachineSpec `json:"spec"`
}

type VirtualMachineSpec struct {
	Template VirtualMachineTemplate `json:"template"`
}

type VirtualMachineTemplate struct {
	ObjectMeta TemplateMeta `json:"metadata,omitempty"`
}

type TemplateMeta struct {
	Annotations map[string]string `json:"annotations,omitempty"`
}

type VirtualMachineList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []VirtualMachine `json:"items"`
}

// VirtualMachineInstance, with the fields that this operator reads.
type VirtualMachineInstance struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Status            VirtualMachineInstanceStatus `json:"status,omitempty"`
}

type VirtualMachineInstanceStatus struct {
	Phase    string `json:"phase,omitempty"`
	NodeName string `json:"nodeName,omitempty"`
}

type VirtualMachineInstanceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []VirtualMachineInstance `json:"items"`
}

func addToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(medevac, &Instance{}, &InstanceList{})
	scheme.AddKnownTypes(kubevirt,
		&VirtualMachine{}, &VirtualMachineList{},
		&VirtualMachineInstance{}, &VirtualMachineInstanceList{})
	metav1.AddToGroupVersion(scheme, medevac)
	metav1.AddToGroupVersion(scheme, kubevirt)
}
