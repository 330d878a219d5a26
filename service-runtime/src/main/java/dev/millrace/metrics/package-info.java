/** What a service counts and measures, and who may read it. */
package dev.millrace.metrics;
