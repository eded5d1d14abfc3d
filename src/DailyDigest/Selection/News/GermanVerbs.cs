// cspell:disable
using System.Text;
using System.Text.RegularExpressions;

namespace DailyDigest.Selection;

/// <summary>
/// Joins the parts of German verbs: "Bahn stellt Nachtzug ein" and "Nachtzug wird eingestellt" have one verb. Its participle stands for all
/// forms.
/// </summary>
internal static partial class GermanVerbs
{
    private const string Particles =
        "ab|an|auf|aus|bei|durch|ein|fest|frei|lahm|los|mit|nach|statt|still|vor|weg|weiter|zu|zurück|zusammen";

    private static readonly string[] Apart = [.. Particles.Split('|').Select(particle => " " + particle)];

    // The participle of a strong verb, behind "ge", by the forms that stand in titles.
    private static readonly Dictionary<string, string> Strong = Read(
        "nommen nimmt nehmen nahm nahmen; treten tritt treten trat traten; geben gibt geben gab gaben; halten hält halten hielt; "
        + "gangen geht gehen ging gingen; kommen kommt kommen kam kamen; brochen bricht brechen brach; schlagen schlägt schlagen schlug; "
        + "fallen fällt fallen fiel fielen; laufen läuft laufen lief; lassen lässt lassen ließ; schlossen schließt schließen schloss; "
        + "zogen zieht ziehen zog zogen; worfen wirft werfen warf; sprochen spricht sprechen sprach; rufen ruft rufen rief; "
        + "wiesen weist weisen wies; boten bietet bieten bot; stiegen steigt steigen stieg; schnitten schneidet schneiden schnitt; "
        + "rissen reißt reißen riss; schrieben schreibt schreiben schrieb; funden findet finden fand; bracht bringt bringen brachte; "
        + "hoben hebt heben hob; tragen trägt tragen trug; fahren fährt fahren fuhr; sehen sieht sehen sah; stoßen stößt stoßen stieß; "
        + "laden lädt laden lud; griffen greift greifen griff; standen steht stehen stand; schoben schiebt schieben schob; "
        + "sunken sinkt sinken sank; trieben treibt treiben trieb; fangen fängt fangen fing; rückt rückt rücken rückte");

    private static readonly string[] NoVerbs =
    [
        "nicht", "seit", "laut", "statt", "heute", "acht", "weit", "fast", "gegen", "wegen", "neben", "ihren", "einen", "seinen", "keinen",
        "neuen", "alten", "sieben", "zwischen", "selbst", "jetzt", "zuletzt", "erst", "bereits",
    ];

    /// <summary>
    /// The text with joined verbs. A clause ends in a particle, and a verb stands before it: in lower case, as no German noun is.
    /// </summary>
    public static string Joined(string text)
    {
        return !HasParticle(text) ? text : Clause().Replace(text, clause =>
        {
            var words = clause.Groups["words"].Value.Split(' ');
            var verb = Array.FindIndex(words, IsVerb);
            if (verb < 0)
            {
                return clause.Value;
            }

            words[verb] = Participle(words[verb], clause.Groups["particle"].Value);
            return string.Join(' ', words) + clause.Groups["end"].Value;
        });
    }

    /// <summary>The participle of a verb whose particle stands apart: "eingestellt" for "stellt" and "ein".</summary>
    public static string Participle(string verb, string particle) => new StringBuilder(particle).Append("ge").Append(
        Strong.TryGetValue(verb, out var strong) ? strong
        : verb.EndsWith("ten", StringComparison.Ordinal) && verb.Length > 5 ? verb[..^2]
        : verb.EndsWith("en", StringComparison.Ordinal) ? verb[..^2] + "t"
        : verb.EndsWith("te", StringComparison.Ordinal) ? verb[..^1] : verb).ToString();

    /// <summary>True for a particle that stands apart from its verb.</summary>
    public static bool IsParticle(string word) => Particle().IsMatch(word);

    // Quick, because nearly every title lacks one.
    private static bool HasParticle(string text)
    {
        foreach (var particle in Apart)
        {
            for (var at = text.IndexOf(particle, StringComparison.Ordinal); at >= 0;
                at = text.IndexOf(particle, at + 1, StringComparison.Ordinal))
            {
                var end = at + particle.Length;
                if (end == text.Length || (!char.IsLetterOrDigit(text[end]) && (text[end] != ' ' || end + 1 == text.Length
                    || !char.IsLetterOrDigit(text[end + 1]))))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsVerb(string word) =>
        Strong.ContainsKey(word) || (word.Length >= 4 && !NoVerbs.Contains(word) && Ending().IsMatch(word));

    private static Dictionary<string, string> Read(string verbs) => verbs.Split("; ").Select(verb => verb.Split(' '))
        .SelectMany(forms => forms.Skip(1).Select(form => (form, forms[0]))).DistinctBy(one => one.form)
        .ToDictionary(one => one.form, one => one.Item2, StringComparer.Ordinal);

    [GeneratedRegex($@"(?<words>[^\s:;,.!?–—|]+(?: [^\s:;,.!?–—|]+)+) (?<particle>{Particles})(?<end>\s*(?:[:;,.!?–—|]|\z))",
        RegexOptions.NonBacktracking)]
    private static partial Regex Clause();

    [GeneratedRegex($@"^(?:{Particles})\z", RegexOptions.NonBacktracking)]
    private static partial Regex Particle();

    [GeneratedRegex(@"^\p{Ll}+(?:t|en|te)\z", RegexOptions.NonBacktracking)]
    private static partial Regex Ending();
}
