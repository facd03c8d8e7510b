package tfmodule

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// Inputs are the inputs for the evaluation of a module.
type Inputs struct {
	Schemas   *Schemas             // of all types that the module names
	Variables map[string]cty.Value // at least those without a default

	// Computed is what providers would answer, by address with key
	// (`data.okta_group.members["Everyone"]`; in a module that is called, `module.NAME.data…`). Its
	// objects of attributes replace what the configuration says.
	Computed map[string]cty.Value
}

// Result is what a module would make from its inputs.
type Result struct {
	Instances []Instance // in the order of the module's files, those of called modules first; including data sources
	Outputs   map[string]cty.Value
	Refused   []string // messages of unmet validations, preconditions and postconditions, in order
}

// Instance is one object that the module would make or read.
type Instance struct {
	Address string // with key, such as "okta_auth_server.psc[0]"
	Type    string
	Data    bool

	// Value holds all attributes and blocks of the schema. If the provider sets an attribute and
	// the configuration does not, a string is ADDRESS.ATTRIBUTE, and any other type is null.
	Value cty.Value
}

// Evaluate returns what the module would make from the inputs. The result lists unmet conditions;
// the error is then nil. The error names anything that cannot be evaluated, or has a type that the
// schema does not allow.
func (m *Module) Evaluate(in Inputs) (*Result, error) {
	e := &evaluator{
		module: m, inputs: in,
		locals: map[string]*outcome{}, resources: map[string]*outcome{}, calls: map[string]*outcome{},
		instances: map[string][]Instance{}, functions: functions(),
	}
	if err := e.setVariables(); err != nil {
		return nil, err
	}
	result := &Result{Outputs: map[string]cty.Value{}}
	if e.refused != nil {
		result.Refused = e.refused // Terraform also stops here
		return result, nil
	}
	var faults []error
	for _, c := range m.Calls {
		if _, err := e.call(c); err != nil {
			faults = append(faults, err)
		}
		result.Instances = append(result.Instances, e.instances["module."+c.Name]...)
	}
	for _, r := range m.Resources {
		if _, err := e.resource(r); err != nil {
			faults = append(faults, err)
		}
		result.Instances = append(result.Instances, e.instances[r.Address()]...)
	}
	for _, o := range m.Outputs {
		value, err := e.expression(o.value, nil)
		if err != nil {
			faults = append(faults, fmt.Errorf("output %q: %w", o.Name, err))
		}
		result.Outputs[o.Name] = value
	}
	result.Refused = e.refused
	return result, errors.Join(faults...)
}

// evaluator computes each value once, when it is needed.
type evaluator struct {
	module    *Module
	inputs    Inputs
	variables map[string]cty.Value
	locals    map[string]*outcome
	resources map[string]*outcome
	calls     map[string]*outcome
	instances map[string][]Instance
	refused   []string
	functions map[string]function.Function
}

// outcome is a value that was computed, or is being computed.
type outcome struct {
	value cty.Value
	err   error
	done  bool
}

// once computes the value of that name, unless it is already known.
func once(table map[string]*outcome, name string, work func() (cty.Value, error)) (cty.Value, error) {
	o, begun := table[name]
	if begun && !o.done {
		return cty.DynamicVal, fmt.Errorf("%s: depends on itself", name)
	}
	if !begun {
		o = &outcome{}
		table[name] = o
		o.value, o.err = work()
		o.done = true
	}
	return o.value, o.err
}

func (e *evaluator) setVariables() error {
	e.variables = map[string]cty.Value{}
	var faults []error
	for _, v := range e.module.Variables {
		value, given := e.inputs.Variables[v.Name]
		switch {
		case !given && v.Required:
			faults = append(faults, fmt.Errorf("variable %q: required", v.Name))
			continue
		case !given, value.IsNull() && !v.Nullable:
			value = v.Default
		}
		value, err := v.convert(value)
		if err != nil {
			faults = append(faults, fmt.Errorf("variable %q: %w", v.Name, err))
		}
		e.variables[v.Name] = value
	}
	for name := range e.inputs.Variables {
		if !slices.ContainsFunc(e.module.Variables, func(v *Variable) bool { return v.Name == name }) {
			faults = append(faults, fmt.Errorf("no variable %q", name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	for _, v := range e.module.Variables {
		if err := e.enforce(v.validations, nil); err != nil {
			faults = append(faults, fmt.Errorf("variable %q: %w", v.Name, err))
		}
	}
	return errors.Join(faults...)
}

// convert converts the value to the variable's type.
func (v *Variable) convert(value cty.Value) (cty.Value, error) {
	if v.optional != nil && !value.IsNull() {
		value = v.optional.Apply(value)
	}
	converted, err := convert.Convert(value, v.Type)
	if err != nil {
		return cty.DynamicVal, fmt.Errorf("%w", err)
	}
	return converted, nil
}

// enforce notes the messages of unmet rules.
func (e *evaluator) enforce(rules []rule, extra map[string]cty.Value) error {
	for _, r := range rules {
		met, err := e.expression(r.condition, extra)
		if err != nil {
			return err
		}
		if met.IsNull() || met.Type() != cty.Bool {
			return fmt.Errorf("%s: condition is not true or false", r.condition.Range())
		}
		if met.True() {
			continue
		}
		message, err := e.expression(r.message, extra)
		if err != nil {
			return err
		}
		if message.IsNull() || message.Type() != cty.String {
			return fmt.Errorf("%s: no message", r.condition.Range())
		}
		e.refused = append(e.refused, message.AsString())
	}
	return nil
}

// expression evaluates an expression with the values to which it refers, and with extra ("each",
// "count", "self").
func (e *evaluator) expression(expr hcl.Expression, extra map[string]cty.Value) (cty.Value, error) {
	ctx, err := e.context(expr.Variables(), extra)
	if err != nil {
		return cty.DynamicVal, err
	}
	value, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return value, nil
}

// context returns the values for the references.
func (e *evaluator) context(references []hcl.Traversal, extra map[string]cty.Value) (*hcl.EvalContext, error) {
	locals, modules := map[string]cty.Value{}, map[string]cty.Value{}
	data, types := map[string]map[string]cty.Value{}, map[string]map[string]cty.Value{}
	for _, reference := range references {
		root := reference.RootName()
		if _, ok := extra[root]; ok || root == "var" {
			continue
		}
		var err error
		switch root {
		case "local":
			name := step(reference, 1)
			locals[name], err = e.local(name)
		case "module":
			name := step(reference, 1)
			modules[name], err = e.called(name)
		case "data":
			err = e.refer(data, "data.", step(reference, 1), step(reference, 2))
		default:
			err = e.refer(types, "", root, step(reference, 1))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", reference.SourceRange(), err)
		}
	}
	variables := map[string]cty.Value{"var": cty.ObjectVal(e.variables), "local": cty.ObjectVal(locals), "module": cty.ObjectVal(modules), "data": objects(data)}
	for name, of := range types {
		variables[name] = cty.ObjectVal(of)
	}
	maps.Copy(variables, extra)
	return &hcl.EvalContext{Variables: variables, Functions: e.functions}, nil
}

func objects(of map[string]map[string]cty.Value) cty.Value {
	all := map[string]cty.Value{}
	for name, members := range of {
		all[name] = cty.ObjectVal(members)
	}
	return cty.ObjectVal(all)
}

// step returns the name at a place of a reference; empty if there is none.
func step(reference hcl.Traversal, place int) string {
	if place < len(reference) {
		if attr, ok := reference[place].(hcl.TraverseAttr); ok {
			return attr.Name
		}
	}
	return ""
}

func (e *evaluator) local(name string) (cty.Value, error) {
	expr, ok := e.module.locals[name]
	if !ok {
		return cty.DynamicVal, fmt.Errorf("no local value %q", name)
	}
	return once(e.locals, name, func() (cty.Value, error) { return e.expression(expr, nil) })
}

func (e *evaluator) called(name string) (cty.Value, error) {
	for _, c := range e.module.Calls {
		if c.Name == name {
			return e.call(c)
		}
	}
	return cty.DynamicVal, fmt.Errorf("no module %q", name)
}

// call returns an object of the called module's outputs.
func (e *evaluator) call(c *Call) (cty.Value, error) {
	return once(e.calls, c.Name, func() (cty.Value, error) {
		module, err := Load(filepath.Join(e.module.Dir, c.Source))
		if err != nil {
			return cty.DynamicVal, err
		}
		prefix := "module." + c.Name + "."
		in := Inputs{Schemas: e.inputs.Schemas, Variables: map[string]cty.Value{}, Computed: map[string]cty.Value{}}
		for name, attr := range c.arguments {
			if in.Variables[name], err = e.expression(attr.Expr, nil); err != nil {
				return cty.DynamicVal, err
			}
		}
		for address, value := range e.inputs.Computed {
			if inner, ok := strings.CutPrefix(address, prefix); ok {
				in.Computed[inner] = value
			}
		}
		result, err := module.Evaluate(in)
		if err != nil {
			return cty.DynamicVal, fmt.Errorf("module %q: %w", c.Name, err)
		}
		for _, instance := range result.Instances {
			instance.Address = prefix + instance.Address
			e.instances["module."+c.Name] = append(e.instances["module."+c.Name], instance)
		}
		e.refused = append(e.refused, result.Refused...)
		return cty.ObjectVal(result.Outputs), nil
	})
}

func (e *evaluator) refer(into map[string]map[string]cty.Value, prefix, kind, name string) error {
	for _, r := range e.module.Resources {
		if r.Address() != prefix+kind+"."+name {
			continue
		}
		value, err := e.resource(r)
		if err != nil {
			return err
		}
		if into[kind] == nil {
			into[kind] = map[string]cty.Value{}
		}
		into[kind][name] = value
		return nil
	}
	return fmt.Errorf("no %s%s.%s", prefix, kind, name)
}

// resource returns the value of a reference to the resource: an object, a tuple of them (count) or
// an object of them (for_each).
func (e *evaluator) resource(r *Resource) (cty.Value, error) {
	return once(e.resources, r.Address(), func() (cty.Value, error) {
		switch {
		case r.count != nil:
			return e.counted(r)
		case r.forEach != nil:
			return e.keyed(r)
		}
		return e.instance(r, r.Address(), nil)
	})
}

func (e *evaluator) counted(r *Resource) (cty.Value, error) {
	count, err := e.expression(r.count, nil)
	if err != nil {
		return cty.DynamicVal, err
	}
	var number int
	if _, err := fmt.Sscan(count.AsBigFloat().String(), &number); err != nil {
		return cty.DynamicVal, fmt.Errorf("%s: count is not a whole number: %w", r.Address(), err)
	}
	var all []cty.Value
	for i := range number {
		value, err := e.instance(r, fmt.Sprintf("%s[%d]", r.Address(), i), map[string]cty.Value{
			"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))}),
		})
		if err != nil {
			return cty.DynamicVal, err
		}
		all = append(all, value)
	}
	return cty.TupleVal(all), nil
}

func (e *evaluator) keyed(r *Resource) (cty.Value, error) {
	items, err := e.expression(r.forEach, nil)
	if err != nil {
		return cty.DynamicVal, err
	}
	if items.IsNull() || !items.CanIterateElements() || items.Type().IsListType() || items.Type().IsTupleType() && items.LengthInt() > 0 {
		return cty.DynamicVal, fmt.Errorf("%s: for_each is neither a map nor a set", r.Address())
	}
	all := map[string]cty.Value{}
	for it := items.ElementIterator(); it.Next(); {
		key, item := it.Element()
		if items.Type().IsSetType() {
			key = item
		}
		each := cty.ObjectVal(map[string]cty.Value{"key": key, "value": item})
		value, err := e.instance(r, fmt.Sprintf("%s[%q]", r.Address(), key.AsString()), map[string]cty.Value{"each": each})
		if err != nil {
			return cty.DynamicVal, err
		}
		all[key.AsString()] = value
	}
	return cty.ObjectVal(all), nil
}

func (e *evaluator) instance(r *Resource, address string, extra map[string]cty.Value) (cty.Value, error) {
	schema, ok := e.inputs.Schemas.of(r)
	if !ok {
		return cty.DynamicVal, fmt.Errorf("%s: no schema", r.Address())
	}
	if err := e.enforce(r.preconditions, extra); err != nil {
		return cty.DynamicVal, err
	}
	spec := schema.spec()
	ctx, err := e.context(dynblock.VariablesHCLDec(r.body, spec), extra)
	if err != nil {
		return cty.DynamicVal, err
	}
	value, diags := hcldec.Decode(dynblock.Expand(r.body, ctx), spec, ctx)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	value = schema.compute(value, address, e.inputs.Computed[address])
	e.instances[r.Address()] = append(e.instances[r.Address()], Instance{Address: address, Type: r.Type, Data: r.Data, Value: value})
	if err := e.enforce(r.postconditions, with(extra, "self", value)); err != nil {
		return cty.DynamicVal, err
	}
	return value, nil
}

func with(m map[string]cty.Value, name string, value cty.Value) map[string]cty.Value {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]cty.Value{}
	}
	m[name] = value
	return m
}

// spec returns the schema in a form with which HCL decodes a body strictly.
func (b *Block) spec() hcldec.ObjectSpec {
	spec := hcldec.ObjectSpec{}
	for name, a := range b.Attributes {
		spec[name] = &hcldec.AttrSpec{Name: name, Type: a.Type, Required: a.Required}
	}
	for name, n := range b.Blocks {
		switch n.Mode {
		case "single":
			spec[name] = &hcldec.BlockSpec{TypeName: name, Nested: n.spec()}
		case "set":
			spec[name] = &hcldec.BlockSetSpec{TypeName: name, Nested: n.spec(), MinItems: n.Min, MaxItems: n.Max}
		default:
			spec[name] = &hcldec.BlockListSpec{TypeName: name, Nested: n.spec(), MinItems: n.Min, MaxItems: n.Max}
		}
	}
	return spec
}

// compute fills in what a provider would: the value in known if there is one, otherwise an invented
// value.
func (b *Block) compute(value cty.Value, address string, known cty.Value) cty.Value {
	fields := value.AsValueMap()
	if known != cty.NilVal {
		maps.Copy(fields, known.AsValueMap())
	}
	for name, a := range b.Attributes {
		if a.Computed && fields[name].IsNull() && a.Type == cty.String {
			fields[name] = cty.StringVal(address + "." + name)
		}
	}
	return cty.ObjectVal(fields)
}

// ParseVariables reads a file of values for variables (terraform.tfvars).
func ParseVariables(path string) (map[string]cty.Value, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("values of variables: %w", err)
	}
	file, diags := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	attributes, diags := file.Body.JustAttributes()
	if diags.HasErrors() {
		return nil, diags
	}
	values := map[string]cty.Value{}
	for name, attr := range attributes {
		if values[name], diags = attr.Expr.Value(nil); diags.HasErrors() {
			return nil, diags
		}
	}
	return values, nil
}
