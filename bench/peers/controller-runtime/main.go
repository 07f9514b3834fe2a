// The benchmark's operator, written with controller-runtime as its documentation teaches.
package main

import (
	"flag"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	health := flag.String("health-probe-bind-address", "127.0.0.1:8081", "Address of /readyz.")
	workers := flag.Int("workers", 8, "Instances that are reconciled at a time.")
	allConditions := flag.Bool("all-conditions", false, "Whether a status has all conditions of medevac's, and not Ready alone.")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	if err := run(*health, *workers, *allConditions); err != nil {
		ctrl.Log.Error(err, "the operator ended")
		os.Exit(1)
	}
}

func run(health string, workers int, allConditions bool) error {
	scheme := runtime.NewScheme()
	addToScheme(scheme)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                 scheme,
		HealthProbeBindAddress: health,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		Cache:                  cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
	})
	if err != nil {
		return err
	}
	subresources, err := subresourceClient(config)
	if err != nil {
		return err
	}
	reconciler := &Reconciler{Client: mgr.GetClient(), Subresources: subresources, AllConditions: allConditions}
	if err := reconciler.SetupWithManager(mgr, workers); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("ready", healthz.Ping); err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

// subresourceClient calls the aggregated API that virt-api serves.
func subresourceClient(config *rest.Config) (rest.Interface, error) {
	config = rest.CopyConfig(config)
	config.APIPath = "/apis"
	config.GroupVersion = &schema.GroupVersion{Group: "subresources.kubevirt.io", Version: "v1"}
	config.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
	return rest.RESTClientFor(config)
}
