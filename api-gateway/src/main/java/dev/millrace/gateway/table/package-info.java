/** Tables that pipelines load, and their rows. */
package dev.millrace.gateway.table;
