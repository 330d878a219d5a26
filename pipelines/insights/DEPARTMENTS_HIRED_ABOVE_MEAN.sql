-- title: Departments that hired more than the mean
-- description: >-
--   The departments that have hired more people in a year, in UTC, than the mean of the departments that have hired any, most
--   first.
-- parameters:
--   year: {type: INTEGER, default: 2021}
-- chart: {type: bar, x: department, y: [hired]}
WITH hires AS (
  SELECT d.id, d.department, COUNT(*) AS hired
  FROM hiring.hired_employees AS h
  JOIN hiring.departments AS d ON d.id = h.department_id
  WHERE EXTRACT(YEAR FROM h.datetime) = @year
  GROUP BY d.id, d.department
)
SELECT id, department, hired
FROM hires
WHERE hired > (SELECT AVG(hired) FROM hires)
ORDER BY hired DESC, id
