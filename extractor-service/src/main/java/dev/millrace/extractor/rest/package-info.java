/** REST APIs: requests, authentication, paging, retries. */
package dev.millrace.extractor.rest;
