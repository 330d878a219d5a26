/** Thousands of small runs in one installation, and what they leave in its processes and on its disk. */
package dev.millrace.testing.soak;
