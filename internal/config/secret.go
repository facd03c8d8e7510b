package config

import "pschook/internal/secret"

// Secret is a text that must stay hidden; see [secret.Text].
type Secret = secret.Text
