/** What all uses of Google Cloud have in common: the project, credentials, and where its services are. */
package dev.millrace.gcp;
