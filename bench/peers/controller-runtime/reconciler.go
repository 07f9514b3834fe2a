package main

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const fieldManager = "controller-runtime"

// Reconciler keeps a VirtualMachine for each Instance, and the Instance's status.
type Reconciler struct {
	client.Client
	// Subresources calls virt-api.
	Subresources rest.Interface
	// AllConditions: whether the status has all conditions of medevac's, and not Ready alone.
	AllConditions bool
	// restarted holds the uid of each VirtualMachineInstance whose restart was asked for: it is seen for a while yet.
	restarted sync.Map
}

func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, workers int) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&Instance{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&VirtualMachine{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&VirtualMachineInstance{}, handler.EnqueueRequestsFromMapFunc(sameName),
			builder.WithPredicates(runningChanged)).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(r)
}

// sameName: a VirtualMachineInstance is named as its VirtualMachine, and that as its Instance.
func sameName(_ context.Context, object client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(object)}}
}

// runningChanged drops what virt-controller and virt-handler write of no interest here.
var runningChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*VirtualMachineInstance), e.ObjectNew.(*VirtualMachineInstance)
	return before.UID != after.UID || before.Status != after.Status ||
		before.DeletionTimestamp.IsZero() != after.DeletionTimestamp.IsZero()
}}

func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var instance Instance
	if err := r.Get(ctx, req.NamespacedName, &instance); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !instance.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil // the garbage collector deletes the VM
	}
	desired, boot := render(&instance)
	if err := r.apply(ctx, &instance, desired, boot); err != nil {
		return ctrl.Result{}, err
	}
	var vmi VirtualMachineInstance
	if err := r.Get(ctx, req.NamespacedName, &vmi); client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, err
	}
	if err := r.restartIfOutdated(ctx, &vmi, boot); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.updateStatus(ctx, &instance, &vmi, boot)
}

// apply sends the VM only where what was applied last differs.
func (r *Reconciler) apply(ctx context.Context, instance *Instance, desired *unstructured.Unstructured, boot string) error {
	var vm VirtualMachine
	err := r.Get(ctx, client.ObjectKeyFromObject(instance), &vm)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil && vm.Spec.Template.ObjectMeta.Annotations[bootAnnotation] == boot {
		return nil
	}
	return r.Apply(ctx, client.ApplyConfigurationFromUnstructured(desired), client.FieldOwner(fieldManager), client.ForceOwnership)
}

// restartIfOutdated ends a boot of another template.
func (r *Reconciler) restartIfOutdated(ctx context.Context, vmi *VirtualMachineInstance, boot string) error {
	isOutdated := vmi.UID != "" && vmi.Annotations[bootAnnotation] != boot
	if !isOutdated || !vmi.DeletionTimestamp.IsZero() {
		return nil
	}
	if _, done := r.restarted.LoadOrStore(vmi.UID, true); done {
		return nil
	}
	err := r.Subresources.Put().Namespace(vmi.Namespace).Resource("virtualmachines").Name(vmi.Name).
		SubResource("restart").Body([]byte(`{"gracePeriodSeconds":0}`)).Do(ctx).Error()
	if err != nil {
		r.restarted.Delete(vmi.UID)
		return fmt.Errorf("restart %s/%s: %w", vmi.Namespace, vmi.Name, err)
	}
	return nil
}

func (r *Reconciler) updateStatus(ctx context.Context, instance *Instance, vmi *VirtualMachineInstance, boot string) error {
	before := instance.DeepCopy()
	instance.Status = r.nextStatus(instance, vmi, boot)
	if equality.Semantic.DeepEqual(before.Status, instance.Status) {
		return nil
	}
	return client.IgnoreNotFound(r.Status().Patch(ctx, instance, client.MergeFrom(before)))
}

func (r *Reconciler) nextStatus(instance *Instance, vmi *VirtualMachineInstance, boot string) InstanceStatus {
	status := InstanceStatus{ObservedGeneration: instance.Generation, PowerState: "Stopped"}
	status.Conditions = append(status.Conditions, instance.Status.Conditions...)
	busy, settled := states(instance)
	status.State = busy
	isUp := vmi.Status.Phase == "Running" && vmi.Annotations[bootAnnotation] == boot
	ready := metav1.Condition{
		Type: "Ready", Status: metav1.ConditionFalse, Reason: status.State,
		Message: "The VM is not as it is wanted yet.",
	}
	if isUp {
		status.State, status.PowerState, status.Node = settled, "Running", vmi.Status.NodeName
		ready.Status, ready.Reason, ready.Message = metav1.ConditionTrue, settled, "The VM is as it is wanted."
	}
	conditions := []metav1.Condition{ready}
	if r.AllConditions {
		conditions = append(otherConditions(status.State, isUp), ready)
	}
	for _, condition := range conditions {
		condition.ObservedGeneration = instance.Generation
		meta.SetStatusCondition(&status.Conditions, condition)
	}
	return status
}

// states: on the way, and there.
func states(instance *Instance) (busy, settled string) {
	switch {
	case instance.Spec.Rescue != nil:
		return "Rescuing", "Rescued"
	case instance.Status.State == "Rescued" || instance.Status.State == "Unrescuing":
		return "Unrescuing", "Running"
	default:
		return "Starting", "Running"
	}
}
