/** Pods that are started for runs and do their slices. */
package dev.millrace.gateway.pod;
