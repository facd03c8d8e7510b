package shapes

import (
	"bytes"
	_ "embed"
)

//go:generate go test . -run TestReferenceIsFresh -update

//go:embed reference.jsonl
var referenceFile []byte

// Reference returns the shapes of the samples in testdata/requests, which stand for what Okta's documents say. The error
// can only be one of the build.
func Reference() ([]Shape, error) { return Read(bytes.NewReader(referenceFile)) }
