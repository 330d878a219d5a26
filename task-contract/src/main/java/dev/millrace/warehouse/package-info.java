/** What services other than the loader know of warehouses: what one of them can, as data. */
package dev.millrace.warehouse;
