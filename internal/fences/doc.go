// Package fences holds no code: its test keeps the import rules between the rooms of the house.
package fences
