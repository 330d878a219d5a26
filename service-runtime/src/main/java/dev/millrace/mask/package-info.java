/** What nobody is to read: secrets in logs and messages, in whatever form. */
package dev.millrace.mask;
