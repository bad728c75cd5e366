// Package profile asks whether what an endpoint returns conforms to UK Core, resource by resource and rule by rule.
//
// It judges a sample of people that is the same for every run with the same ledger: the story people, and the people of
// every twentieth provider.
package profile
