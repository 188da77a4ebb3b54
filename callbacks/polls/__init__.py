"""Three questions to a GP once his request is over, in the words of the questionnaire of 2016."""
