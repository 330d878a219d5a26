/** Named queries of files. */
package dev.millrace.gateway.insight;
