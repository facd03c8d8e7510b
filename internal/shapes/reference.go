package shapes

import (
	"bytes"
	_ "embed"
)

//go:generate go test . -run TestReferenceIsFresh -update

//go:embed reference.jsonl
var referenceFile []byte

// Reference returns the shapes of the samples in testdata/requests, which represent what Okta's
// documents say. An error means that the program was built from a wrong file.
func Reference() ([]Shape, error) { return Read(bytes.NewReader(referenceFile)) }
