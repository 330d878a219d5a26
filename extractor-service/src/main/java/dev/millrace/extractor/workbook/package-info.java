/** Cells of workbooks of Excel, .xlsx and .xls, row by row; what is a table on a sheet is not known here. */
package dev.millrace.extractor.workbook;
