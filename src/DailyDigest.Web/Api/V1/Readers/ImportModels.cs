using System.ComponentModel;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

[Description("A list of people who consented elsewhere.")]
internal sealed record ApiImportList
{
    [Description("CSV with a header line: at most 10,000 lines and 2 MB. The column email is required.")]
    public required string Csv { get; init; }

    [Description("The place where these people consented; it is stored with each reader.")]
    public required string Source { get; init; }

    [Description("The order of day and month in dates such as 3/4/2026.")]
    public DayMonth? Dates { get; init; }

    [Description("The name of the file. Mailchimp says only there that its contacts never subscribed; such a list is refused.")]
    public string? Name { get; init; }

    [Description("True: say what an import would do, and store nothing.")]
    public bool Trial { get; init; }
}

[Description("What became of an import, or what would.")]
internal sealed record ApiImport(
    [property: Description("SHA-256 of the list: the id of the import.")] string Id,
    [property: Description("True if nothing was stored.")] bool IsTrial,
    [property: Description("Rows that were read.")] int Rows,
    [property: Description("New readers.")] int Added,
    [property: Description("Rows whose address was subscribed before.")] int Known,
    [property: Description("Rows with a fault.")] int Refused,
    [property: Description("Rows of people who are not active in the list.")] int Inactive,
    [property: Description("Rows of people who left, complained, bounced, were blocked or erased here.")] int LeftOut,
    [property: Description("Rows whose address is on an earlier row.")] int Repeated,
    [property: Description("Why the list was not read to its end.")] string? Fault,
    [property: Description("How letters of a list that is not UTF-8 were read.")] string? Letters,
    [property: Description("The mailing service whose export the list is.")] string? Service,
    [property: Description("The columns of the list with what they are read as.")] IReadOnlyList<ApiListColumn> Columns,
    [property: Description("What to know about an export of the service.")] IReadOnlyList<ListNote> Notes,
    [property: Description("The inactive rows by the state that says it.")] IReadOnlyList<ApiListState> States,
    [property: Description("The first 100 refused lines; the CSV of the import has all.")] IReadOnlyList<ApiRefusedLine> Lines);

[Description("A column of a list.")]
internal sealed record ApiListColumn(
    [property: Description("Its name in the first line.")] string Name,
    [property: Description("What it is read as.")] ColumnMeaning Meaning)
{
    public static ApiListColumn Of(MappedColumn column) => new(column.Name, column.Meaning);
}

[Description("A state for which rows of a list were left out.")]
internal sealed record ApiListState(
    [property: Description("The column that says it; left out if another row of the same reader does.")] string? Column,
    [property: Description("The state; left out if the column has dates or texts.")] string? Value,
    [property: Description("The rows.")] int Rows,
    [property: Description("False if nobody knows whether the state means that the reader left.")] bool IsKnown)
{
    public static ApiListState Of(LeftOutState state) => new(state.Column, state.Value, state.Rows, state.IsKnown);
}

[Description("A line that was refused.")]
internal sealed record ApiRefusedLine(
    [property: Description("The line of the list, from 1.")] int Line,
    [property: Description("Why, without the address.")] string Reason);

[Description("An import that was done or begun.")]
internal sealed record ApiPastImport(
    [property: Description("SHA-256 of the list: the id of the import.")] string Id,
    [property: Description("The place where these people consented.")] string Source,
    [property: Description("Its last progress.")] DateTimeOffset At,
    [property: Description("Rows that were read.")] int Rows,
    [property: Description("New readers.")] int Added,
    [property: Description("Rows whose address was subscribed before.")] int Known,
    [property: Description("Rows with a fault.")] int Refused)
{
    public static ApiPastImport Of(PastImport import) => new(
        import.File, import.Source, import.At, import.Report.Rows, import.Report.Added, import.Report.Known, import.Report.Refused);
}
