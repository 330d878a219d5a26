/** Who did what, and who was refused what. */
package dev.millrace.gateway.audit;
