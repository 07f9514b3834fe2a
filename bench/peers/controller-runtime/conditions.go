package main

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// otherConditions: what medevac's status says beside Ready, in its words, so that the two can be compared with statuses of one size.
func otherConditions(state string, isUp bool) []metav1.Condition {
	progress := "The Instance is " + state + "."
	conditions := []metav1.Condition{
		condition("Reconciling", metav1.ConditionTrue, state, progress),
		condition("Stalled", metav1.ConditionFalse, "NotStalled", "Nothing waits for the user."),
		rescued(state, progress),
		condition("Migrating", metav1.ConditionFalse, "NotMigrating", "No live migration is under way."),
		condition("LiveMigratable", metav1.ConditionFalse, state, progress),
		condition("Evacuating", metav1.ConditionFalse, "NotEvacuating", "Nobody asks for the VM to leave its node."),
		condition("RestartPending", metav1.ConditionFalse, "UpToDate", "The VM runs as its spec says."),
	}
	if isUp {
		conditions[0] = condition("Reconciling", metav1.ConditionFalse, "Settled", "Nothing is being changed.")
		conditions[4] = condition("LiveMigratable", metav1.ConditionTrue, "Migratable", "The VM can be live-migrated.")
	}
	return conditions
}

func rescued(state, progress string) metav1.Condition {
	switch state {
	case "Rescued":
		return condition("Rescued", metav1.ConditionTrue, "RescueBooted", "The VM is booted from the rescue system.")
	case "Rescuing", "Unrescuing":
		return condition("Rescued", metav1.ConditionUnknown, state, progress)
	default:
		return condition("Rescued", metav1.ConditionFalse, "NotRescued", "The VM is not booted from a rescue system.")
	}
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}
