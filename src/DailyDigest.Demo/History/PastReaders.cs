using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Demo;

/// <summary>The readers of the history: invented people at domains that cannot exist (RFC 2606).</summary>
internal static class PastReaders
{
    /// <summary>A provider that was out of order once.</summary>
    public const string OutageDomain = "@harbour.example";

    /// <summary>Readers that were imported; the others signed up.</summary>
    public const int Imported = 300;

    private static readonly string[] First =
    [
        "ada", "basil", "carmen", "dora", "edda", "flora", "gustav", "hector", "igor", "june", "konrad", "lena", "mateo", "nadia", "oscar",
        "paula", "quentin", "rosa", "simon", "theo", "ugo", "vera", "wanda", "xenia", "yves", "zoe",
    ];

    private static readonly string[] Last =
    [
        "abbott", "berger", "castro", "dahl", "evans", "ferro", "grant", "haddad", "ibsen", "jansen", "keller", "lund", "marsh", "novak",
        "olsen", "petit", "quincy", "rivera", "salem", "torres", "ulrich", "vidal", "weir", "young", "ziegler",
    ];

    // With their shares of a hundred.
    private static readonly (string Domain, int Share)[] Domains =
    [
        ("@mail.example", 36), (OutageDomain, 22), ("@postbox.example", 15), ("@quay.example", 11), ("@coast.example", 9),
        ("@university.example", 7),
    ];

    // Few cohorts: each costs the first start a digest a day.
    private static readonly (Cohort Cohort, int Share)[] Cohorts =
    [
        (new Cohort(DemoReaders.HomeZone, 7, Rhythm.Daily), 90),
        (new Cohort(DemoReaders.HalfZone, 8, Rhythm.Weekly(DayOfWeek.Monday)), 10),
    ];

    /// <summary>The cohorts in which they are.</summary>
    public static IEnumerable<Cohort> AllCohorts => Cohorts.Select(one => one.Cohort);

    /// <summary>The reader with the number, from 0; 650 numbers give 650 addresses.</summary>
    public static DemoReader Of(int number)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{First[number % First.Length]}.{Last[(number + (number / First.Length)) % Last.Length]}");
        var cohort = Pick(Cohorts, name + " cohort");
        var language = PastChance.Of(name + " language", 5) == 0 ? "ar" : "en";
        return new DemoReader(name + Pick(Domains, name + " domain"), cohort, language);
    }

    /// <summary>The sign-up form as the reader filled it in.</summary>
    public static SignUpRequest SignUp(DemoReader reader) => new(
        reader.Address, "page", reader.Language, reader.Cohort.Zone, reader.Cohort.Hour, reader.Cohort.Rhythm.ToString());

    private static T Pick<T>((T Value, int Share)[] from, string words)
    {
        var chance = PastChance.Of(words, 100);
        return from.First(one => (chance -= one.Share) < 0).Value;
    }
}
