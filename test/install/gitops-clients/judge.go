// Asks the clients of GitOps tools what they make of objects: kstatus, as Flux and Helm ask it; Flux's health check
// expressions; and the Lua of Argo CD, in the Lua VM that Argo CD is built with. It reads one JSON document from standard
// input and writes one to standard output.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

type question struct {
	// By kind.
	Flux map[string]kustomize.HealthCheckExpressions `json:"flux"`
	// Lua to be run with each object, by kind: health checks and actions.
	Lua     map[string]string `json:"lua"`
	Objects []json.RawMessage `json:"objects"`
}

type answer struct {
	Kstatus string `json:"kstatus"`
	Flux    string `json:"flux"`
	// What the Lua returned.
	Lua any `json:"lua"`
}

func main() {
	var q question
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		fail(err)
	}
	answers := make([]answer, 0, len(q.Objects))
	for _, raw := range q.Objects {
		// Not as encoding/json does it: whole numbers are no floats.
		object := map[string]any{}
		if err := utiljson.Unmarshal(raw, &object); err != nil {
			fail(err)
		}
		a, err := ask(q, object)
		if err != nil {
			fail(err)
		}
		answers = append(answers, a)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func ask(q question, object map[string]any) (answer, error) {
	u := &unstructured.Unstructured{Object: object}
	var a answer
	general, err := status.Compute(u)
	if err != nil {
		return a, fmt.Errorf("kstatus: %w", err)
	}
	a.Kstatus = general.Status.String()
	if exprs, ok := q.Flux[u.GetKind()]; ok {
		evaluator, err := cel.NewStatusEvaluator(&exprs)
		if err != nil {
			return a, fmt.Errorf("flux: %w", err)
		}
		result, err := evaluator.Evaluate(context.Background(), u)
		if err != nil {
			return a, fmt.Errorf("flux: %w", err)
		}
		a.Flux = result.Status.String()
	}
	if script, ok := q.Lua[u.GetKind()]; ok {
		if a.Lua, err = run(script, object); err != nil {
			return a, fmt.Errorf("lua: %w", err)
		}
	}
	return a, nil
}

// run runs a script as Argo CD does: with few libraries, and the object as the global obj.
func run(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	// The loader of packages comes first: the others are noted there.
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
		{lua.StringLibName, lua.OpenString},
		{lua.OsLibName, lua.OpenOs},
	} {
		call := lua.P{Fn: state.NewFunction(library.open), Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	return fromLua(state.Get(-1)), nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	case int64:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case []any:
		table := state.CreateTable(len(v), 0)
		for _, item := range v {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(v))
		for key, item := range v {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

func fromLua(value lua.LValue) any {
	switch v := value.(type) {
	case lua.LBool:
		return bool(v)
	case lua.LNumber:
		return float64(v)
	case lua.LString:
		return string(v)
	case *lua.LTable:
		if v.MaxN() > 0 {
			items := []any{}
			for i := 1; i <= v.MaxN(); i++ {
				items = append(items, fromLua(v.RawGetInt(i)))
			}
			return items
		}
		object := map[string]any{}
		v.ForEach(func(key, item lua.LValue) { object[key.String()] = fromLua(item) })
		return object
	}
	return nil
}
