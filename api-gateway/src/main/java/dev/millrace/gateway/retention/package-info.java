/** What is old enough to go. */
package dev.millrace.gateway.retention;
