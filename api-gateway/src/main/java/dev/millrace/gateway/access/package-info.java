/** Who calls the public API, and what they may do. */
package dev.millrace.gateway.access;
