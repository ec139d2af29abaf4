//! Tables of CSV: which columns say what, and what their cells may look like.

use super::*;

const PLAIN: &str = "csv";
const LONG: &str = "csv-long";
const WIDE: &str = "csv-wide";

fn parse(format: &str, content: &str) -> Result<Interchange, ingest::Error> {
    read(format, text("x.csv", content), &lower())
}

/// Each series with its indices and values.
fn found(history: &Interchange) -> Vec<(&str, Vec<u64>, Vec<f64>)> {
    let series = history.series.iter();
    let values = |points: &[InterchangePoint]| points.iter().map(|point| point.value).collect();
    series.map(|series| (series.name.as_str(), series.indices(), values(&series.points))).collect()
}

#[test]
fn rows_and_columns_come_in_any_order() {
    let text = "\u{feff}value,label,series,index\r\n1.5,,b,3\r\n\r\n2e3, cp ,\"a,1\",7\r\n2.5,,b,0\r\n";
    let read = parse(PLAIN, text).unwrap();
    assert_eq!(found(&read), [("b", vec![0, 3], vec![2.5, 1.5]), ("a,1", vec![7], vec![2000.0])]);
    assert!(read.remarks.iter().any(|remark| remark.about == ["b"] && remark.text.contains("order")));
}

#[test]
fn semicolons_tabs_and_decimal_commas_are_read() {
    let texts = [
        "series;index;value\na;0;1,5\na;1;1234,25\n",
        "sep=;\r\nseries;index;value\r\na;0;1,5\r\na;1;1234,25\r\n",
        "series\tindex\tvalue\na\t0\t1.5\na\t1\t1234.25\t\n",
        "\"series\",\"index\",\"value\"\na,0,1.5\na,1,1234.25,\n",
    ];
    for text in texts {
        let read = parse(PLAIN, text).unwrap();
        assert_eq!(found(&read), [("a", vec![0, 1], vec![1.5, 1234.25])], "{text}");
        let is_said = read.remarks.iter().any(|remark| remark.text.contains("decimal points"));
        assert_eq!(is_said, text.contains("1,5"), "{text}");
    }
}

#[test]
fn signs_between_thousands_are_left_out_where_they_can_mean_nothing_else() {
    let read = |text: &str| parse(PLAIN, text).map(|read| found(&read)[0].2.clone()).map_err(|error| error.to_string());
    assert_eq!(read("series,index,value\na,0,\"1,234.5\"\n"), Ok(vec![1234.5]));
    let column = |cells: [&str; 3]| {
        let rows: String = cells.iter().enumerate().map(|(index, cell)| format!("a;{index};{cell}\n")).collect();
        read(&format!("series;index;value\n{rows}")).unwrap()
    };
    let cases = [
        (["1.234.567,5", "1.235", "1,5"], vec![1_234_567.5, 1235.0, 1.5]),
        (["1.235", "1.234,5", "1.2"], vec![1235.0, 1234.5]),
        (["1,235", "1,234.5", "1.234,5"], vec![1235.0, 1234.5]),
        (["1,235", "1.235", "12"], vec![1.235, 1.235, 12.0]),
        (["1 234", "1\u{202f}234,5", "1'234'567"], vec![1234.0, 1234.5, 1_234_567.0]),
        (["1 234,5", "1,235", "12"], vec![1234.5, 1.235, 12.0]),
        (["1 234.5", "1,235", "12"], vec![1234.5, 1235.0, 12.0]),
    ];
    for (cells, expected) in cases {
        assert_eq!(column(cells), expected, "{cells:?}");
    }
    for either in ["series,index,value\na,0,\"1,234\"\n", "series;index;value\na;0;1,23.4\n"] {
        assert!(read(either).unwrap_err().contains("is not a number"), "{either}");
    }
}

#[test]
fn columns_go_by_several_names_and_unknown_ones_are_named() {
    let read = parse(LONG, "Name,Value,Unit\nx,1,ms\ny,2,ms\n").unwrap();
    assert_eq!(found(&read), [("x", vec![0], vec![1e6]), ("y", vec![0], vec![2e6])]);
    let text = "Build,host,benchmark,value,unit,compiler\n7,a,x,1,ns,gcc\n7,b,x,5,ns,gcc\n8,a,x,2,ns,gcc\n";
    let read = parse(LONG, text).unwrap();
    assert_eq!(found(&read), [("x", vec![7, 8], vec![1.0, 2.0]), ("x", vec![7], vec![5.0])]);
    assert_eq!(read.series[1].machine.as_deref(), Some("b"));
    let said = |column: &str| read.remarks.iter().any(|remark| remark.about == [column]);
    assert!(said("compiler") && !said("host") && !said("unit"), "{:?}", read.remarks);
}

#[test]
fn a_column_orders_or_names_rows_only_where_its_cells_can() {
    let a = |indices: [u64; 2], values: [f64; 2]| vec![("a", indices.to_vec(), values.to_vec())];
    let build = [a([0, 1], [1.0, 2.0]), vec![("build", vec![0, 1], vec![9.0, 8.0])]].concat();
    let cases = [
        (WIDE, "date,commit,a,build\n2024-05-01,c1,1,9\n2024-05-02,c2,2,8\n", build.clone()),
        (WIDE, "a,build\n1,9\n2,8\n", build),
        (WIDE, "build,a\n7,1\n9,2\n", a([7, 9], [1.0, 2.0])),
        (WIDE, "order,a\n9.0,2\n7.0,1\n", a([7, 9], [1.0, 2.0])),
        (WIDE, "commit,run_number,a\nd,9,2\nc,7,1\n", a([7, 9], [1.0, 2.0])),
        (LONG, "run_number,benchmark,value\n9,a,2\n7,a,1\n", a([7, 9], [1.0, 2.0])),
        (LONG, "run_number,time,benchmark,value\n9,2024-05-01,a,1\n7,2024-05-02,a,2\n", a([0, 1], [1.0, 2.0])),
        (LONG, "build,benchmark,value\n7,a,1\n7,a,2\n", a([0, 1], [1.0, 2.0])),
        (LONG, "build,benchmark,value\n7.5,a,1\n8,a,2\n", a([0, 1], [1.0, 2.0])),
        (LONG, "build,date,benchmark,value\n8,2024-05-02,a,2\n7,2024-05-01,a,1\n", a([7, 8], [1.0, 2.0])),
        (PLAIN, "series,index,value,sha\na,4,1,c\na,5,2,c\n", a([4, 5], [1.0, 2.0])),
        (PLAIN, "series,index,value,sha\na,4,1,c\na,4,3,d\na,5,2,e\n", a([4, 5], [2.0, 2.0])),
        (PLAIN, "series,index,value,branch\na,4,1,m\na,5,2,n\n", a([4, 5], [1.0, 2.0])),
    ];
    for (format, text, expected) in cases {
        assert_eq!(found(&parse(format, text).unwrap()), expected, "{text}");
    }
    let newest_first: String = (0..5).map(|row| format!("{},{}\n", 9 - row, 5 - row)).collect();
    let read = parse(WIDE, &format!("build,a\n{newest_first}")).unwrap();
    assert_eq!(found(&read), [("a", vec![5, 6, 7, 8, 9], vec![1.0, 2.0, 3.0, 4.0, 5.0])]);
    let read = parse(PLAIN, "series,index,value,sha,branch\na,4,1,c,x\na,5,2,d,x\n").unwrap();
    assert_eq!(read.series[0].points[1].commit.as_deref(), Some("d"));
    assert!(read.remarks.iter().any(|it| it.about == ["branch"] && it.text == "the column is not read"));
}

#[test]
fn a_column_that_names_a_version_or_a_run_is_no_series() {
    let a = |commits: [Option<&'static str>; 2]| ("a", commits);
    let cases = [
        ("version,a\n1.9,1\n1.10,2\n", a([Some("1.9"), Some("1.10")]), "it names the rows"),
        ("date,run_id,a\n2024-05-01,70,1\n2024-05-02,50,2\n", a([Some("70"), Some("50")]), "it names the rows"),
        ("order,release,a\n0,3,1\n1,3,2\n", a([None, None]), "it names a version or a run"),
        ("date,commit,id,a\n2024-05-01,c1,7,1\n2024-05-02,c2,8,2\n", a([Some("c1"), Some("c2")]), "is not read"),
        ("date,run_number,a\n2024-05-01,7,1\n2024-05-02,8,2\n", a([None, None]), "it names a version or a run"),
        ("build,a\n41,1\n47,2\n", a([None, None]), "read as the number of a build"),
        ("date,build,a\n2024-05-01,41,1\n2024-05-02,47,2\n", a([None, None]), "read as the number of a build"),
    ];
    for (text, (name, commits), said) in cases {
        let read = parse(WIDE, text).unwrap();
        let names: Vec<&str> = read.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, [name], "{text}");
        let points = read.series[0].points.iter();
        assert_eq!(points.map(|point| point.commit.as_deref()).collect::<Vec<_>>(), commits, "{text}");
        assert_eq!(read.remarks.iter().filter(|it| it.text.contains(said)).count(), 1, "{text}: {:?}", read.remarks);
    }
    for durations in ["build (s),a\n41,1\n47,2\n", "commit,build,a\nc1,41.5,1\nc2,47.25,2\n"] {
        assert_eq!(parse(WIDE, durations).unwrap().series.len(), 2, "{durations}");
    }
}

#[test]
fn machines_are_never_merged() {
    let tables = [
        (PLAIN, "series,index,value,host\na,0,1,x\na,1,5,y\n"),
        (LONG, "runner,benchmark,value\nx,a,1\ny,a,5\n"),
        (WIDE, "order,host_name,a\n0,x,1\n1,y,5\n"),
    ];
    for (format, text) in tables {
        let read = parse(format, text).unwrap();
        let machines: Vec<_> = read.series.iter().map(|series| series.machine.as_deref()).collect();
        assert_eq!(machines, [Some("x"), Some("y")], "{text}");
    }
}

#[test]
fn a_line_that_begins_with_a_number_sign_is_a_comment_with_its_line() {
    let text = "# a; b, c\n\n#\nseries;index;value\n# e\na;0;1\n\n## f\na;1;x\n\"#b\";0;2\n";
    let read = parse(PLAIN, text).unwrap();
    assert_eq!(found(&read), [("a", vec![0], vec![1.0]), ("#b", vec![0], vec![2.0])]);
    let places = |part: &str| {
        let remarks = read.remarks.iter().filter(|remark| remark.text.contains(part));
        remarks.flat_map(|remark| &remark.items).filter_map(|item| item.entry.clone()).collect::<Vec<_>>()
    };
    assert_eq!(places("# and a blank"), ["line 1", "line 3", "line 5", "line 8"]);
    assert_eq!(places("not a number"), ["line 9"]);
}

#[test]
fn dates_with_slashes_are_read_where_their_column_shows_what_comes_first() {
    let times = |days: [&str; 2]| {
        let rows = days.map(|day| format!("{day},1\n")).concat();
        let read = parse(WIDE, &format!("date,a\n{rows}")).unwrap();
        let is_said = read.remarks.iter().any(|it| it.text.contains("can be nothing else"));
        let points = read.series[0].points.iter();
        (points.map(|point| point.time.clone().unwrap_or_default()).collect::<Vec<_>>(), is_said)
    };
    let read = |days: [&str; 2]| (days.map(|day| format!("{day}:00Z")).to_vec(), true);
    assert_eq!(times(["1/2/2026 10:00", "1/31/2026"]), read(["2026-01-02T10:00", "2026-01-31T00:00"]));
    assert_eq!(times(["01/02/2026", "31/03/2026"]), read(["2026-02-01T00:00", "2026-03-31T00:00"]));
    for days in [["01/02/2026", "02/03/2026"], ["01/31/2026", "31/01/2026"]] {
        assert_eq!(times(days), (vec![String::new(); 2], false));
    }
}

#[test]
fn times_that_recur_order_commits_and_what_is_newest_first() {
    let read = |days: [u32; 4]| {
        let rows = days.iter().enumerate().map(|(place, day)| format!("2024-05-0{day},c{place},{}\n", place + 1));
        let read = parse(WIDE, &format!("time,commit,a\n{}", rows.collect::<String>())).unwrap();
        (found(&read)[0].2.clone(), read.remarks.iter().any(|remark| remark.text.contains("the same")))
    };
    assert_eq!(read([2, 2, 1, 1]), (vec![4.0, 3.0, 2.0, 1.0], false));
    assert_eq!(read([1, 2, 1, 2]), (vec![1.0, 3.0, 2.0, 4.0], true));
    assert_eq!(read([1, 1, 2, 2]), (vec![1.0, 2.0, 3.0, 4.0], false));
}

#[test]
fn a_wide_table_has_a_series_per_column_of_numbers() {
    let text = "Date;commit;branch;decode (ms);size;note\n2024-05-02;c2;main;2,5;;fast\n2024-05-01;c1;main;1,5;7;\n\
                2024-05-03;c3;main;n/a;8;\n";
    let read = parse(WIDE, text).unwrap();
    assert_eq!(found(&read), [("decode", vec![0, 1], vec![1.5e6, 2.5e6]), ("size", vec![0, 1], vec![7.0, 8.0])]);
    assert_eq!(read.series[0].unit.as_deref(), Some("ns"));
    assert_eq!(read.series[0].branch.as_deref(), Some("main"));
    assert_eq!(read.series[0].points[0].commit.as_deref(), Some("c1"));
    let said = |text: &str| read.remarks.iter().any(|remark| format!("{remark:?}").contains(text));
    assert!(
        said("note") && said("holds no number") && said("line 4") && said("`n/a` is not a number"),
        "{:?}",
        read.remarks
    );
}

#[test]
fn a_column_names_what_was_measured_where_rows_of_one_commit_differ_in_it() {
    let of = |commits: [&str; 2]| {
        let rows = format!("name,commit,size\na,{},1\nb,{},5\n", commits[0], commits[1]);
        parse(WIDE, &rows).unwrap()
    };
    let named = of(["c1", "c1"]);
    assert_eq!(found(&named), [("a", vec![0], vec![1.0]), ("b", vec![0], vec![5.0])]);
    assert_eq!(named.series[1].metric.as_deref(), Some("size"));
    assert_eq!(found(&of(["c1", "c2"])), [("size", vec![0, 1], vec![1.0, 5.0])]);
}

#[test]
fn titles_that_differ_in_case_are_series_of_their_own_and_one_column_has_the_time() {
    let read = parse(WIDE, "time,timestamp,a,A\n2024-05-01,1714608000,1,2\n2024-05-02,1714694400,3,4\n").unwrap();
    assert_eq!(found(&read), [("a", vec![0, 1], vec![1.0, 3.0]), ("A", vec![0, 1], vec![2.0, 4.0])]);
    assert_eq!(read.series[0].points[0].time.as_deref(), Some("2024-05-01T00:00:00Z"));
    assert!(read.remarks.iter().any(|remark| remark.about == ["timestamp"]), "{:?}", read.remarks);
    assert!(parse(PLAIN, "series,index,value,Value\na,0,1,2\n").is_err());
    let units = parse(WIDE, "order,a (ms),a (s),b (s)\n0,1,2,3\n").unwrap();
    let names: Vec<_> = units.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["a (ms)", "a (s)", "b"]);
}

#[test]
fn a_bad_cell_is_lost_with_its_line_and_the_reason() {
    let cases = [
        ("a,1,fast", "line 3: its value `fast` is not a number"),
        ("a,1,", "line 3: its value is missing"),
        ("a,1", "line 3: its value is missing"),
        ("a,,1", "line 3: its index is missing"),
        ("\n\na,-1,1", "line 5: its index `-1` is not a whole number"),
        ("a,0.5,1", "line 3: its index `0.5` is not a whole number"),
        ("a,1,NaN", "line 3: NaN is not a finite number"),
        ("a,1,1e999", "line 3: inf is not a finite number"),
        ("a,1,-3", "line 3: -3 is not a finite number"),
        (",1,1", "line 3: a result has no name"),
        ("a,1,1,1", "line 3: found 4 fields where the header has 3"),
        ("a,0,3", "several entries of one commit"),
    ];
    for (row, reason) in cases {
        let read = parse(PLAIN, &format!("series,index,value\na,0,1\n{row}\n")).unwrap();
        assert_eq!(found(&read).len(), 1, "{row:?}");
        assert_eq!(read.series[0].points.len(), 1, "{row:?}");
        let said = |remark: &Remark| {
            let line = remark.items.first().and_then(|item| item.entry.clone()).unwrap_or_default();
            format!("{line}: {}", remark.text).contains(reason)
        };
        assert!(read.remarks.iter().any(said), "{row:?}: {:?}", read.remarks);
    }
}

#[test]
fn a_table_without_its_columns_is_refused() {
    let cases = [
        ("", "it is empty"),
        ("series,index,value\n", "no benchmark"),
        ("series,value\na,1\n", "no column `index`"),
        ("series,index,value,value\na,0,1,1\n", "two columns are called `value`"),
        ("series,index,value\na,0,x\n", "its value `x` is not a number"),
    ];
    for (text, reason) in cases {
        let found = parse(PLAIN, text).unwrap_err().to_string();
        assert!(found.contains(reason), "{text:?}: {found}");
    }
}
