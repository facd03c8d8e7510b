package config

import "log/slog"

// Log says what is logged, and how.
type Log struct {
	Level  slog.Level `env:"LOG_LEVEL"`
	Format string     `env:"LOG_FORMAT" validate:"oneof=json text"`
}

func logVariables() []Variable {
	const group = "Logging"
	return []Variable{
		{
			Name: "LOG_LEVEL", Group: group, Default: "info", Example: "debug",
			Wanted:  "debug, info, warn or error",
			English: "Lowest level that is logged.",
			French:  "Niveau minimal des messages journalisés.",
		},
		{
			Name: "LOG_FORMAT", Group: group, Default: "json", Example: "text",
			Wanted:  "json or text",
			English: "Form of the log lines.",
			French:  "Format des lignes du journal.",
		},
	}
}
