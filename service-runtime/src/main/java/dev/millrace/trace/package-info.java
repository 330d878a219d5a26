/** Traces of runs across all services, by OpenTelemetry. */
package dev.millrace.trace;
