// Package register makes an Okta org right for a token inline hook, and can take every step of it back.
//
// [Plan] walks over what the hook needs (authorization server, scopes, app, assignments, hook, policy, rule, claims),
// reads each object as it is, and says what would change. [Apply] is the same walk, making each change when it comes to it.
// [Undo] restores what the changes replaced, last one first.
//
// Before a change is asked for, it stands in the journal, on disk. So a run that ends at any moment, by a lost answer or a
// power cut, leaves a journal from which both go on: an object that Okta may have made is looked for by its name before anything
// else happens. The journal holds no secret.
//
// What is not ours stays as it is: an object that neither the journal nor the caller names is used when it is right
// already, and is else reported as in the way, unless [Options.Replace] says otherwise.
package register
