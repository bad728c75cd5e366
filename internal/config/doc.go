// Package config is the one struct that says how a run is set up: defaults, then a YAML file, then the environment, then
// flags.
//
// It promises that an unknown key, a wrong type or an impossible value is refused with the file, the line and what to do,
// and that secrets can stay out of the file: a value of the form ${NAME} is taken from the environment.
package config
