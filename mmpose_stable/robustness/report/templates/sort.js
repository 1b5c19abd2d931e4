for (const table of document.querySelectorAll('table.sortable')) {
  const headers = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = (row, column) => row.cells[column].dataset.value;
  headers.forEach((header, column) => {
    header.querySelector('button').addEventListener('click', () => {
      const ascending = header.getAttribute('aria-sort') !== 'ascending';
      const sign = ascending ? 1 : -1;
      const numeric = header.classList.contains('number');
      const compare = (a, b) => (numeric ? a - b : a.localeCompare(b));
      const rows = [...body.rows].sort((first, second) => {
        const a = key(first, column), b = key(second, column);
        // What has no value stays at the end in both directions.
        if (a === '' || b === '') return (a === '') - (b === '');
        return sign * compare(a, b);
      });
      headers.forEach((other) => other.removeAttribute('aria-sort'));
      header.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
      body.append(...rows);
    });
  });
}
