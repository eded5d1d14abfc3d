using DailyDigest.Subscribers;

namespace DailyDigest.Web;

/// <summary>The sum of a question as readers see it, and as a screen reader says it.</summary>
internal static class SumText
{
    /// <summary>In digits: "6 + 1 =".</summary>
    public static string Digits(HumanQuestion question) => string.Join(" + ", question.Numbers) + " =";

    /// <summary>As a sentence in the view's language, with the numbers as words.</summary>
    public static string Words(View view, HumanQuestion question)
    {
        var words = question.Numbers.Select(number => view.Texts["Number." + number]).ToList();
        return question.IsHard
            ? view.Texts["SignUp.HardSum", words.Aggregate((sum, number) => view.Texts["SignUp.Plus", sum, number])]
            : view.Texts["SignUp.Sum", words[0], words[1]];
    }
}
