package rp

import "pschook/internal/secret"

// Secret is a value that must not be printed, such as a client secret; see [secret.Text].
type Secret = secret.Text
