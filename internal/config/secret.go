package config

import "pschook/internal/secret"

// Secret is a text that must not be seen; see [secret.Text].
type Secret = secret.Text
