// Package register sets up an Okta org for a token inline hook, and can undo every step.
//
// [MakePlan] goes through everything that the hook needs (authorization server, scopes, app,
// assignments, hook, policy, rule, claims), reads each object, and says what would change. [Apply]
// does the same and makes each change. [Undo] restores what the changes replaced, the last change
// first.
//
// Each change is written to the journal, on disk, before Okta is asked for it. So a run may end at
// any moment, by a lost answer or a power cut: Apply and Undo can go on from the journal. They
// first look, by name, for an object that Okta may have made. The journal holds no secret.
//
// Other objects stay unchanged. An object that neither the journal nor the caller names is used if
// it is already right. Otherwise it is reported as a conflict, unless [Options.Replace] is set.
package register
